# SPDX-License-Identifier: MIT
"""A certificate for the name localhost, signed by itself."""

import os
import subprocess


def make_certificate(folder):
    """The names of the files with the private key and with the certificate."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return key, certificate
