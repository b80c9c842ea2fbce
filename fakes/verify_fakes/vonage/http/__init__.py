"""Vonage's API in HTTP: requests read, operations found by path, bodies written."""
