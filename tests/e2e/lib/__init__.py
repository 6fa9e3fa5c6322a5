"""tests/e2e/lib — what the end-to-end programs share: servers of their own, and clients written from the protocols."""
