"""What a gate says, and the files it says it in. Pure: no Django, no rows."""
