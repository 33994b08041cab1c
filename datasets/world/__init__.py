"""The bundled data set ``world``: countries, their land borders, facts about them, and descriptions to match with them."""
