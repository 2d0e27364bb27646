"""The same file on several hubs: `clusters` finds it, `hashlist` says what people hold of it, `exchange` hands it on.

Two uploads with one file are evidence that somebody copied it, and no more: popular parts are copied by everybody, and
a header's own hash is only what it claims. Nothing here decides; people do.
"""
