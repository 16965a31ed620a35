"""Checks of finished data: record by record, folder by folder, in high precision."""
