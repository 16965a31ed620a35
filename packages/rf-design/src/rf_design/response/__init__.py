"""Response of the listed parts: chain matrix, S-parameters, group delay, 3 dB points."""
