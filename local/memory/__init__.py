"""The one outside in memory: what tests, the simulation and the dress rehearsal put in the place of Azure and Graph."""
