"""Call-backs: whoever left before a human answered is on a list until somebody reached him.

``numbers`` says who can be dialled, ``rules`` who is to be, ``attempt`` what became of a try;
``service`` gives operators the next one. The list itself is kept by ``router.store.callbacks``.
"""
