"""What leaves the server: messages in the formats of others, signatures, and a post that cannot be turned inwards.

Pure: no Django, no rows.
"""
