"""What the listed parts do: chain matrix, S-parameters, group delay, the frequencies of a level."""
