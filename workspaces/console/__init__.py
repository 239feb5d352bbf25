"""What every console page uses."""
