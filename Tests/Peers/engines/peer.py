class Peer:
    """An engine with one model in it, made for an exported file and a batch size.

    `take` has it hold a batch of images, [batch, 1, 28, 28]; `run` computes; `probabilities` gives
    the result, [batch, 10]. Each imports its package where it is made, so that a process loads no
    engine but its own.
    """

    def take(self, images):
        self.ink[:] = images
