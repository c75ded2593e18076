"""Pages for people: Vietnamese first, English beside it; they load nothing from outside."""
