"""What you type: one module per noun; only translates to and from the layers below."""
