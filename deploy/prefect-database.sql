-- Prefect's record of what ran lies beside ours, in a database of its own.
CREATE DATABASE prefect;
