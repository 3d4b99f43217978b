"""What the pages say. Pure: values in, HTML out."""
