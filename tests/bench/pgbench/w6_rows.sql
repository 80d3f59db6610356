\set i :i + 1
\set id 1000000 + :client_id + :i * :step
DELETE FROM users WHERE id = :id;
