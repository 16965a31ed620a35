"""Tools for AI assistants over the Model Context Protocol.

`schemas` defines input and output, `tools` the answers, `server` the protocol.
"""
