"""T1: random operations on the product and on the oracle; both have to say the same, always.

One module for each noun, with the rules that ask for it and the mistakes that are provoked in it.
"""
