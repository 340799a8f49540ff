"""A gRPC service whose messages are bytes as they are: nothing is encoded.

Usage: grpc_server.py ONNX-FILE PORT asyncio|threads
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from grpc_names import PREDICT, SERVICE
from network import Network

THREADS = 8


def service(predict):
    handlers = {PREDICT: grpc.unary_unary_rpc_method_handler(predict)}
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


async def serve_asyncio(network, address):
    # On the loop itself: a thread for each request would cost more than it gains.
    async def predict(content, _):
        return network(content)

    server = grpc.aio.server([], [service(predict)])
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


def serve_threads(network, address):
    server = grpc.server(
        ThreadPoolExecutor(THREADS), [service(lambda content, _: network(content))]
    )
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    path, port, kind = sys.argv[1:]
    network, address = Network(path), f"127.0.0.1:{port}"
    if kind == "asyncio":
        asyncio.run(serve_asyncio(network, address))
    else:
        serve_threads(network, address)
