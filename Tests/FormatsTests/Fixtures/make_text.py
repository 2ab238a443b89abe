"""Makes numpy_names.npy: a vector of texts as NumPy writes it.

usage: python make_text.py     (writes next to this file; needs numpy)
versions: Python 3.11, numpy 2.4.6
"""

import pathlib

import numpy as np

path = pathlib.Path(__file__).with_name("numpy_names.npy")
np.save(path, np.array(["a.png", "", "cats/é 猫.jpeg"]))
