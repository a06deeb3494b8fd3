// The tables of the manifest, and how older ones come to be these. What the rows mean: manifest.ts.

import { CACHED } from './lifetime.ts'

export const LAYOUT = 1

export const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
`
// From no file, or from one of layout 0. AUTOINCREMENT: an id in someone's hand never comes to mean another blob.
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS blob (
    id INTEGER PRIMARY KEY, digest TEXT, size INTEGER, round INTEGER NOT NULL, keep INTEGER NOT NULL, state TEXT NOT NULL
  );
  ALTER TABLE blob RENAME TO blob_of_layout_0;
  CREATE TABLE blob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT, size INTEGER,
    round INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (digest, size)
  );
  INSERT INTO blob SELECT id, digest, size, iif(round = ${Number.MAX_SAFE_INTEGER}, ${CACHED}, round), keep, state FROM blob_of_layout_0;
  DROP TABLE blob_of_layout_0;
  CREATE TABLE IF NOT EXISTS block (
    digest TEXT NOT NULL, blob INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (digest, blob)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS block_blob ON block (blob);
  ALTER TABLE block ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX block_used ON block (used);
  CREATE TABLE scope (name TEXT NOT NULL);
  PRAGMA user_version = ${LAYOUT};
`
