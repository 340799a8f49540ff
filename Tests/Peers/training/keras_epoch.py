"""Print the seconds that Keras, on TensorFlow, takes for one epoch of cnn-32-64, as JSON.

Usage: keras_epoch.py DATA-FOLDER THREADS IMAGES
"""

import json
import sys
import time

import keras
import tensorflow

import mnist
from keras_cnn import cnn_32_64

BATCH = 128
WARM_UP_STEPS = 10


def compiled_network():
    network = cnn_32_64()
    network.compile(
        optimizer=keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy"
    )
    return network


def main(folder, threads, image_count):
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(0)
    images, labels = mnist.training_set(folder, image_count)
    images = images[..., None]
    network = compiled_network()
    start_weights = network.get_weights()
    warm_up = BATCH * WARM_UP_STEPS
    network.fit(images[:warm_up], labels[:warm_up], batch_size=BATCH, verbose=0)
    network.set_weights(start_weights)
    start, start_used = time.perf_counter(), time.process_time()
    history = network.fit(images, labels, batch_size=BATCH, verbose=0)
    seconds, used = time.perf_counter() - start, time.process_time() - start_used
    loss = history.history["loss"][-1]
    print(json.dumps({"seconds": seconds, "processorSeconds": used, "loss": loss}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
