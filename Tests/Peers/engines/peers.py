"""The engines that ours is compared with: one thread, and called as cheaply as they allow."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from litert_peer import LiteRT, LiteRTInt8
from ncnn_peer import NCNN, NCNNBF16
from onnx_int8 import in_8_bits
from peer import Peer


class ONNXRuntime(Peer):
    def __init__(self, path, batch):
        from onnx_session import onnx_session

        self.session = onnx_session(path)
        self.ink = np.zeros((batch, 1, 28, 28), np.float32)
        self.result = np.zeros((batch, 10), np.float32)
        # Bound once, so that a call neither copies nor allocates.
        self.binding = self.session.io_binding()
        self.binding.bind_cpu_input("ink", self.ink)
        place = self.result.ctypes.data
        self.binding.bind_output(
            "probabilities", "cpu", 0, np.float32, self.result.shape, place
        )

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def probabilities(self):
        return self.result


class ONNXRuntimeInt8(ONNXRuntime):
    def __init__(self, path, batch):
        super().__init__(in_8_bits(path), batch)


class OpenVINO(Peer):
    SETTINGS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    PRECISION = {"INFERENCE_PRECISION_HINT": "f32"}

    def __init__(self, path, batch):
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        model.reshape({"ink": [batch, 1, 28, 28]})
        settings = self.SETTINGS | self.PRECISION
        self.request = core.compile_model(model, "CPU", settings).create_infer_request()
        self.ink = self.request.get_input_tensor().data

    def run(self):
        self.request.infer()

    def probabilities(self):
        return self.request.get_output_tensor().data


class OpenVINOAsItComes(OpenVINO):
    """Left to itself it computes in bf16 where the processor can."""

    PRECISION = {}


class OpenVINOBF16(OpenVINO):
    PRECISION = {"INFERENCE_PRECISION_HINT": "bf16"}


class OpenVINOInt8(OpenVINOAsItComes):
    def __init__(self, path, batch):
        super().__init__(in_8_bits(path), batch)


class MNN(Peer):
    def __init__(self, path, batch):
        import MNN as engine

        shape = (batch, 1, 28, 28)
        self.ink = np.zeros(shape, np.float32)
        self.result = np.zeros((batch, 10), np.float32)
        self.interpreter = engine.Interpreter(str(converted(path)))
        # "high" is f32; less may be narrower.
        self.session = self.interpreter.createSession({"numThread": 1, "precision": "high"})
        self.source = self.interpreter.getSessionInput(self.session)
        self.interpreter.resizeTensor(self.source, shape)
        self.interpreter.resizeSession(self.session)
        self.tensor = lambda values: engine.Tensor(
            values.shape, engine.Halide_Type_Float, values, engine.Tensor_DimensionType_Caffe
        )

    def run(self):
        self.source.copyFrom(self.tensor(self.ink))
        self.interpreter.runSession(self.session)

    def probabilities(self):
        host = self.tensor(self.result)
        self.interpreter.getSessionOutput(self.session).copyToHostTensor(host)
        return np.array(host.getNumpyData()).reshape(self.result.shape)


def converted(path):
    """The model in MNN's own format, beside the ONNX file."""
    target = Path(path).with_suffix(".mnn")
    if not target.exists():
        program = Path(sys.executable).with_name("mnnconvert")
        command = [sys.executable, program, "-f", "ONNX", "--modelFile", path, "--MNNModel", target]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, check=True, **quiet)
    return target


F32 = {
    "ONNX Runtime": ONNXRuntime, "OpenVINO": OpenVINO, "MNN": MNN, "LiteRT": LiteRT, "ncnn": NCNN,
}  # fmt: skip
AS_IT_COMES = {"OpenVINO default": OpenVINOAsItComes}
NARROWER = {
    "ONNX Runtime int8": ONNXRuntimeInt8, "OpenVINO int8": OpenVINOInt8, "LiteRT int8": LiteRTInt8,
    "OpenVINO bf16": OpenVINOBF16, "ncnn bf16": NCNNBF16,
}  # fmt: skip
PEERS = F32 | AS_IT_COMES | NARROWER

# Who is timed beside ours, by our precision.
BESIDE = {"f32": F32 | AS_IT_COMES, "bf16": NARROWER, "int8": NARROWER}
