"""Small classical models, one a file, with scikit-learn's interface, trained within a budget of bytes.

model = ProtoNNClassifier(budget_bytes=2048).fit(x_train, y_train)
lapel.build(model, "arduino-uno", "build/digits")
"""

from lapel.classical.bonsai import BonsaiClassifier
from lapel.classical.fastgrnn import FastGRNNClassifier
from lapel.classical.protonn import ProtoNNClassifier

__all__ = ["BonsaiClassifier", "FastGRNNClassifier", "ProtoNNClassifier"]
