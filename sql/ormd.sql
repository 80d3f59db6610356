-- What ormd needs in each database that it serves, beside the tables of the
-- model.  It holds no data of theirs.  Running it again changes nothing.

CREATE SCHEMA IF NOT EXISTS ormd;

GRANT USAGE ON SCHEMA ormd TO PUBLIC;

-- Demands, inside a block of statements, what has to hold for the whole block
-- to be committed: raises OR001 unless the condition is true.  ormd makes its
-- answer of the message (the kind of the error, one of errors.def) and of the
-- detail (the JSON Pointer of what is wrong in the request).
CREATE OR REPLACE FUNCTION ormd.require(condition boolean, kind text,
    path text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
	IF condition IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = kind,
		    DETAIL = coalesce(path, '');
	END IF;
END
$$;

-- Writes with a key: who has claimed it, for which request, and the reply.
-- The row is made and filled in the transaction of the write, so it is there
-- exactly when the write is.
CREATE TABLE IF NOT EXISTS ormd.idempotency (
    key text PRIMARY KEY,
    request bytea NOT NULL,
    reply text,
    made timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS idempotency_made ON ormd.idempotency (made);

-- Tokens of users who have logged in: only digests of them, so that nobody
-- who reads this table can log in.  A token is of the user with this key in
-- this table, and is good as long as the user's password is the one whose
-- digest is here and the token has not expired.
CREATE TABLE IF NOT EXISTS ormd.token (
    hash bytea PRIMARY KEY,
    model text NOT NULL,
    "user" text NOT NULL,
    password bytea NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    expires timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS token_user ON ormd.token ("user", model);

CREATE INDEX IF NOT EXISTS token_expires ON ormd.token (expires);

-- The key of the tokens that previews give, so that a token holds over a
-- restart of ormd, and with each ormd on this database.  Who knows it could find
-- out by trial which rows a token is about.  ormd's role needs SELECT.  The row
-- is made once; a new one (DELETE it, run this again, reload ormd) ends all
-- tokens.
CREATE TABLE IF NOT EXISTS ormd.seal (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    key bytea NOT NULL CHECK (length(key) = 32)
);

INSERT INTO ormd.seal (key)
    VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ON CONFLICT DO NOTHING;

-- Who changed which row through which request, in the transaction of the
-- change: filled where ormd.conf(5) says `audit = on'.  ormd's role needs
-- nothing but INSERT, so it cannot read or change what it has written.  A
-- private value is never here: the column is named in `columns' and left out of
-- `new_values'.  ormd-audit(7) tells how to read it and how to keep it small.
CREATE TABLE IF NOT EXISTS ormd.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    caller text,
    login text,
    address text,
    method text NOT NULL,
    request text,
    idempotency_key text,
    action text NOT NULL,
    model text NOT NULL,
    key jsonb,
    rule text,
    columns text[],
    new_values json
);

CREATE INDEX IF NOT EXISTS audit_at ON ormd.audit USING brin (at);
