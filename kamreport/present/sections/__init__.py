"""Sections: each builder turns a result into a finding with its evidence, in no language yet."""
