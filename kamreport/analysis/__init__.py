"""What the data mean: frames in, frames out. No files, no charts, no language, no clock."""
