import onnx
from onnx import TensorProto, helper

from onnx_session import onnx_session


def conditioner(path):
    """What an exported model does to images before its network, as a function of its own."""
    model = onnx.load(path)
    graph = model.graph
    # It begins with a Reshape to rows of pixels, and ends with one to images.
    reshapes = [index for index, node in enumerate(graph.node) if node.op_type == "Reshape"]
    if not reshapes:
        return lambda images: images
    nodes = graph.node[: reshapes[1] + 1]
    result = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    part = helper.make_graph(nodes, "conditioning", graph.input, [result], graph.initializer)
    model.graph.CopyFrom(part)
    session = onnx_session(model.SerializeToString())
    return lambda images: session.run(None, {"ink": images})[0]
