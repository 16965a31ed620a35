"""The low-pass prototype: element values, closed-form response, poles."""
