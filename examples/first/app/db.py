from os import getenv


def url():
    # `DB_URI` was the old name; os.environ["DB_HOST"] went with it.
    return getenv("DB_URI", "sqlite://")
