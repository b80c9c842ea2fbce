"""How a message with a code of our own leaves: one protocol, and what fulfils it."""

from ._sender import AsyncSender, MaybeSent, Message, Sender, Sent

__all__ = ["AsyncSender", "MaybeSent", "Message", "Sender", "Sent"]
