import tempfile

import numpy as np

from peer import Peer


class NCNN(Peer):
    """One image after another, as it takes no batches; images are conditioned beforehand."""

    # What may be narrower than f32, as the beginnings of its options.
    NARROWER = ()

    def __init__(self, path, batch):
        import ncnn

        from conditioning import conditioner
        from ncnn_convert import convert

        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = 1
        for narrower in dir(options):
            if narrower.startswith(("use_fp16", "use_bf16", "use_int8")):
                setattr(options, narrower, narrower.startswith(self.NARROWER))
        # From files, for of weights in memory it would keep a pointer to a passing copy.
        with tempfile.NamedTemporaryFile() as layers, tempfile.NamedTemporaryFile() as weights:
            for file, content in zip([layers, weights], convert(path)):
                file.write(content)
                file.flush()
            self.net.load_param(layers.name)
            self.net.load_model(weights.name)
        self.conditioned = conditioner(path)
        # A copy, for it would write in memory that is not its own.
        self.own = lambda image: ncnn.Mat(image).clone()

    def take(self, images):
        self.images = [self.own(image) for image in self.conditioned(np.array(images))]

    def run(self):
        self.results = []
        for image in self.images:
            extractor = self.net.create_extractor()
            extractor.input("ink", image)
            self.results.append(extractor.extract("probabilities")[1])

    def probabilities(self):
        return np.array([np.array(each) for each in self.results])


class NCNNBF16(NCNN):
    NARROWER = ("use_bf16",)
