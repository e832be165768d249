"""A double of one endpoint as one writes it by hand: FastAPI, with each charge in SQLite.

It authenticates, validates, charges in one transaction and answers: no limiter, no slots, no
journal. The answer's fields and body stand in the file that ANSWER names.
"""

import json
import os
import sqlite3
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

ANSWER = json.loads(Path(os.environ["ANSWER"]).read_text())
FIELDS, BODY = ANSWER["fields"], ANSWER["body"].encode()
KEY = f"Bearer {os.environ['API_KEY']}"
PRICE = 7

# In memory, as the double's ledger is by default.
database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
database.executescript("""
    CREATE TABLE account (key TEXT PRIMARY KEY, balance INTEGER NOT NULL);
    CREATE TABLE entry (id INTEGER PRIMARY KEY, key TEXT NOT NULL, amount INTEGER NOT NULL);
""")
database.execute("INSERT INTO account VALUES (?, ?)", (KEY, 10**12))

application = FastAPI()


class Question(BaseModel):
    prompt: str
    country: str


@application.post("/v1/monitor/chatgpt")
async def ask(question: Question, request: Request) -> Response:
    key = request.headers.get("authorization")
    if key != KEY:
        raise HTTPException(401)
    database.execute("BEGIN")
    charged = database.execute(
        "UPDATE account SET balance = balance - ? WHERE key = ? AND balance >= ?",
        (PRICE, key, PRICE),
    )
    if charged.rowcount != 1:
        database.execute("ROLLBACK")
        raise HTTPException(403)
    database.execute("INSERT INTO entry (key, amount) VALUES (?, ?)", (key, -PRICE))
    database.execute("COMMIT")
    return Response(BODY, headers=FIELDS)
