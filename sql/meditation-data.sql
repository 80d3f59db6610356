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

INSERT INTO users (id, username) VALUES
    (1, 'ana'),
    (2, 'bruno'),
    (3, 'chiyo'),
    (4, 'dmitri');

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
