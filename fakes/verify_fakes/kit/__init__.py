"""
What every vendor's fake is made of, whichever the vendor; it imports nothing of ours.

So a mistake in what the fakes test cannot be shared by them, and cancel out.
"""
