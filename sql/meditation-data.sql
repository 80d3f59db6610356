-- Sample people, meditations and sessions.  Load it once, into empty tables.

INSERT INTO meditations (id, title, duration, instructions) VALUES
    (1, 'Counting breaths', 600,
        'Count each breath out, from one to ten, then begin again.'),
    (2, 'Body scan', 1200,
        'Move your attention slowly from the toes to the crown.'),
    (3, 'Loving kindness', 900,
        'Wish well: to yourself, to a friend, to a stranger, to all.'),
    (4, 'Walking', 1500,
        'Walk slowly. Feel each foot lift, move and come down.'),
    (5, 'Open awareness', 1800,
        'Let whatever comes come, and let it go again.');

-- The password of each is `breathe'.  Nothing but a sample may have such users.
INSERT INTO users (id, username, _password_hash) VALUES
    (1, 'ana',
        '$argon2id$v=19$m=65536,t=2,p=1$V0CnKnFjahl/FyEzDobSPQ$'
        'Uc/4qTMFHAzEgMGgAervQjS5FsB5kn0vm73+lDZtfgg'),
    (2, 'bruno',
        '$argon2id$v=19$m=65536,t=2,p=1$lhJSny0D5l2f9+yij/wsnQ$'
        'a5CJ01xe+yuxuX6PcmfHsVSE65vaj21pKEBGTVdTFpc'),
    (3, 'chiyo',
        '$argon2id$v=19$m=65536,t=2,p=1$+HYwu+h0cIK0yiLoJrm9jg$'
        'Ai0bls+GRiS3bg7/gH1MkqFY57DH9HqQA4pQSHRrMy0'),
    (4, 'dmitri',
        '$argon2id$v=19$m=65536,t=2,p=1$+iWTPAlcRiKnDYrSrkECXA$'
        '+ifVNVKhM0zCRdZaoGhej77Yr71YyW5hrbiG3PIykiQ'),
    (5, 'admin',
        '$argon2id$v=19$m=65536,t=2,p=1$R70xMNVhaN9BztGWyZgSnA$'
        'WEFPgXYo246a7cgyaMXJ0LGniYPx1Vsl3s1A77z62GY');

INSERT INTO meditation_sessions (id, completed_duration, rating, session_note,
    user_id, meditation_id) VALUES
    (1, 600, 4, 'Lost count twice.', 1, 1),
    (2, 1200, 5, 'Calm all morning.', 1, 2),
    (3, 540, 3, NULL, 1, 1),
    (4, 900, 5, 'Hard at first, then easy.', 2, 3),
    (5, 300, 2, 'The phone rang.', 2, 1),
    (6, 1500, 4, 'By the river.', 3, 4),
    (7, 1800, 5, NULL, 3, 5),
    (8, 1100, 4, 'Fell asleep near the end.', 3, 2);

-- The next rows get the next numbers.
SELECT setval(pg_get_serial_sequence('meditations', 'id'),
    (SELECT max(id) FROM meditations));
SELECT setval(pg_get_serial_sequence('users', 'id'),
    (SELECT max(id) FROM users));
SELECT setval(pg_get_serial_sequence('meditation_sessions', 'id'),
    (SELECT max(id) FROM meditation_sessions));
