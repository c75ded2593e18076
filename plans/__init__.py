"""What must be done, and what is true about it: declarations, calendar, rules, record.

Imports none of the other rooms, no Prefect and no web framework. Rules are pure functions that
take the date or the time as an argument; only ``plans.store`` touches the database.
"""
