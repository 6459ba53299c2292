"""The deployment zip, made, unpacked and run."""
