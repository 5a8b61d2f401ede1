import os

token = os.environ["BOT_TOKEN"]
database = os.environ["DB_URL"]
