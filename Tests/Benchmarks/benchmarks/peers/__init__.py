"""The servers that the double is measured against.

Each is a context manager made of the folder it may write to and the answer it is to give; its
`installed()` installs what it needs, once, and raises with what went wrong.
"""

from .hummingbird import Hummingbird, HummingbirdBytes
from .nginx import NGINX, Nginx
from .pypi import FastAPI, MockLimit

__all__ = ["NGINX", "FastAPI", "Hummingbird", "HummingbirdBytes", "MockLimit", "Nginx"]
