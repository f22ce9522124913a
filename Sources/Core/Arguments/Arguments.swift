import Errors
