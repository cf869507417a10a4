"""The process that checks signatures for a node: `python -m cocket.node.signature_worker`.

It reads questions from standard input and answers each on standard output, in order, until its
input ends: when the node is gone, however it went, so is this process.

    question   length (4 bytes, big-endian), MessagePack [[public key, JWS], …]
    answer     length, MessagePack [CPU seconds, one byte for each JWS: 1 where the signature fits]
"""

import signal
import sys
import time
from struct import Struct
from typing import BinaryIO

import msgpack

from cocket.ledger.document import signature_valid

LENGTH = Struct(">I")


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until `questions` ends."""
    while len(head := questions.read(LENGTH.size)) == LENGTH.size:
        question = msgpack.unpackb(questions.read(LENGTH.unpack(head)[0]))
        began = time.process_time()
        valid = bytes(signature_valid(jws, key) for key, jws in question)
        answer = msgpack.packb([time.process_time() - began, valid])
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the node: it ends our input
    serve(sys.stdin.buffer, sys.stdout.buffer)
