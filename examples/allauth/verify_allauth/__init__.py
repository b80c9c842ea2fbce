"""
django-allauth's phone numbers, verified by any provider of verify_core.

The README says what belongs into the settings. The provider makes the codes and checks
them; of a verification that runs, the session keeps the reference.
"""
