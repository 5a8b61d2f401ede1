CREATE TABLE shipments (id bigint PRIMARY KEY, sent_at timestamptz);
