-- An airline, as people make databases who never heard of ormd: serials and
-- identities, some foreign keys with an ON DELETE and some without, indexes
-- that were forgotten, views, a partitioned table, a second schema.

CREATE TYPE cabin AS ENUM ('economy', 'business', 'first');
CREATE DOMAIN email AS varchar(120) CHECK (VALUE LIKE '%@%');

CREATE TABLE countries (
    code char(2) PRIMARY KEY,
    name varchar(60) NOT NULL UNIQUE
);

CREATE TABLE airports (
    iata char(3) PRIMARY KEY,
    name varchar(100) NOT NULL,
    country_code char(2) NOT NULL REFERENCES countries,
    elevation integer DEFAULT 0,
    location point
);
COMMENT ON TABLE airports IS 'Where we fly to, or did';
COMMENT ON COLUMN airports.elevation IS 'in feet';
CREATE INDEX ON airports (country_code);

CREATE TABLE aircraft (
    id serial PRIMARY KEY,
    registration varchar(10) NOT NULL UNIQUE,
    model varchar(40) NOT NULL,
    built date,
    last_flight_id bigint
);

-- The key of a seat is that of its aircraft and its own number.
CREATE TABLE seats (
    aircraft_id integer NOT NULL REFERENCES aircraft ON DELETE CASCADE,
    seat_no varchar(4) NOT NULL,
    cabin cabin NOT NULL DEFAULT 'economy',
    PRIMARY KEY (aircraft_id, seat_no)
);

CREATE TABLE flights (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flight_no varchar(8) NOT NULL,
    origin char(3) NOT NULL REFERENCES airports (iata),
    destination char(3) NOT NULL REFERENCES airports (iata),
    aircraft_id integer REFERENCES aircraft ON DELETE SET NULL,
    departs timestamptz NOT NULL,
    arrives timestamptz NOT NULL,
    duration interval GENERATED ALWAYS AS (arrives - departs) STORED,
    UNIQUE (flight_no, departs),
    CHECK (arrives > departs)
);
CREATE INDEX ON flights (aircraft_id);
ALTER TABLE aircraft ADD FOREIGN KEY (last_flight_id) REFERENCES flights
    ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;

CREATE SCHEMA ops;

CREATE TABLE ops.employees (
    id serial PRIMARY KEY,
    first_name varchar(40) NOT NULL,
    last_name varchar(40) NOT NULL,
    hired date NOT NULL DEFAULT CURRENT_DATE,
    manager_id integer REFERENCES ops.employees ON DELETE SET NULL,
    home_base char(3) REFERENCES airports
);

CREATE TABLE ops.licences (
    employee_id integer PRIMARY KEY REFERENCES ops.employees
        ON DELETE CASCADE,
    number varchar(20) NOT NULL,
    valid_until date
);

-- Who flies where, as what: an association object.
CREATE TABLE ops.assignments (
    flight_id bigint REFERENCES flights ON DELETE CASCADE,
    employee_id integer REFERENCES ops.employees ON DELETE CASCADE,
    duty varchar(20) NOT NULL DEFAULT 'cabin',
    PRIMARY KEY (flight_id, employee_id)
);
CREATE INDEX ON ops.assignments (employee_id);

-- Which languages are spoken: nothing but links.
CREATE TABLE ops.languages (
    code char(2) PRIMARY KEY,
    name varchar(40) NOT NULL
);
CREATE TABLE ops.employee_languages (
    employee_id integer REFERENCES ops.employees ON DELETE CASCADE,
    language_code char(2) REFERENCES ops.languages,
    PRIMARY KEY (employee_id, language_code)
);

CREATE TABLE passengers (
    id serial PRIMARY KEY,
    name varchar(80) NOT NULL,
    email email UNIQUE,
    password_hash text,
    home_country char(2) REFERENCES countries (code)
);

CREATE TABLE loyalty_cards (
    id serial PRIMARY KEY,
    passenger_id integer NOT NULL UNIQUE REFERENCES passengers
        ON DELETE CASCADE,
    miles integer NOT NULL DEFAULT 0 CHECK (miles >= 0)
);

CREATE TABLE bookings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    made timestamptz NOT NULL DEFAULT now(),
    passenger_id integer NOT NULL REFERENCES passengers,
    payer_id integer REFERENCES passengers ON DELETE SET NULL,
    total numeric(10,2)
);
CREATE INDEX ON bookings (passenger_id);

CREATE TABLE booking_items (
    id serial PRIMARY KEY,
    booking_id uuid NOT NULL REFERENCES bookings ON DELETE CASCADE,
    flight_id bigint NOT NULL REFERENCES flights,
    fare numeric(8,2) NOT NULL,
    extras jsonb,
    tags text[]
);
CREATE INDEX ON booking_items (booking_id);

-- The seat of the very aircraft, by a composite foreign key.
CREATE TABLE boarding_passes (
    booking_item_id integer PRIMARY KEY REFERENCES booking_items
        ON DELETE CASCADE,
    aircraft_id integer NOT NULL,
    seat_no varchar(4) NOT NULL,
    gate varchar(5),
    FOREIGN KEY (aircraft_id, seat_no) REFERENCES seats
);

CREATE TABLE payments (
    id bigserial,
    paid_at date NOT NULL,
    booking_id uuid NOT NULL REFERENCES bookings,
    amount numeric(10,2) NOT NULL,
    PRIMARY KEY (id, paid_at)
) PARTITION BY RANGE (paid_at);
CREATE TABLE payments_2025 PARTITION OF payments
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE payments_2026 PARTITION OF payments
    FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE TABLE event_log (
    at timestamptz DEFAULT now(),
    text text
);

CREATE VIEW departures AS
    SELECT f.flight_no, f.departs, a.name AS "from"
      FROM flights f JOIN airports a ON a.iata = f.origin;

INSERT INTO countries VALUES ('DE', 'Germany'), ('IS', 'Iceland');
INSERT INTO airports VALUES ('BER', 'Berlin', 'DE', 157),
    ('KEF', 'Keflavík', 'IS', 171);
INSERT INTO aircraft (registration, model) VALUES ('D-AXYZ', 'A320'),
    ('TF-ABC', 'B757');
INSERT INTO seats VALUES (1, '1A', 'first'), (1, '2A', 'economy'),
    (2, '1A', 'business');
INSERT INTO flights (flight_no, origin, destination, aircraft_id, departs,
    arrives) VALUES
    ('ORM1', 'BER', 'KEF', 1, '2026-05-01 08:00Z', '2026-05-01 11:30Z'),
    ('ORM2', 'KEF', 'BER', 2, '2026-05-01 13:00Z', '2026-05-01 16:20Z');
UPDATE aircraft SET last_flight_id = 2 WHERE id = 2;
INSERT INTO ops.employees (first_name, last_name, manager_id, home_base)
    VALUES ('Ada', 'Berg', NULL, 'BER'), ('Jón', 'Karl', 1, 'KEF'),
    ('Lea', 'Wolf', 1, 'BER');
INSERT INTO ops.licences VALUES (1, 'ATPL-1', '2027-01-01');
INSERT INTO ops.assignments VALUES (1, 1, 'captain'),
    (1, 3, 'cabin'), (2, 2, 'cabin');
INSERT INTO ops.languages VALUES ('de', 'German'), ('is', 'Icelandic');
INSERT INTO ops.employee_languages VALUES (1, 'de'), (2, 'de'), (2, 'is');
INSERT INTO passengers (name, email, password_hash, home_country) VALUES
    ('Ann', 'ann@example.org', 'x', 'DE'), ('Bob', NULL, NULL, 'IS');
INSERT INTO loyalty_cards (passenger_id, miles) VALUES (1, 1200);
INSERT INTO bookings (id, passenger_id, payer_id, total) VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 2, 199.90);
INSERT INTO booking_items (booking_id, flight_id, fare, extras, tags) VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 99.95, '{"bags": 1}', '{a,b}'),
    ('00000000-0000-0000-0000-000000000001', 2, 99.95, NULL, NULL);
INSERT INTO boarding_passes VALUES (1, 1, '2A', 'B4');
INSERT INTO payments (paid_at, booking_id, amount) VALUES
    ('2026-04-01', '00000000-0000-0000-0000-000000000001', 199.90);
