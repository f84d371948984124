"""The commands of lrplan, a file each: plain functions that return an exit status."""
