"""Which operations are there?"""

from typing import Literal

Op = Literal["create", "get", "cancel", "delete"]
CallOp = Op | Literal["stream"]
ScriptOp = CallOp | Literal["webhook"]
