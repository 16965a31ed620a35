"""What every test run of this workspace needs, whoever starts it."""

import signal

# A shell's background jobs are born deaf to SIGINT, and so are their children; the tests that
# interrupt a command mean what a terminal does. A handler of ours becomes the default in a child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
