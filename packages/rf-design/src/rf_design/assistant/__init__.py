"""What an assistant can call: three tools over the Model Context Protocol.

`schemas` says what goes in and comes out, `tools` answers, `server` speaks the protocol.
"""
