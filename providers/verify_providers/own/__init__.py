"""
Codes of our own: a provider that needs no verification vendor.

We draw the code, keep its keyed digest in a store (`stores`), and send it with what the
application has already (`senders`).
"""
