"""Airflow's side of the work, and the only importer of it: tasks, schedule, weeks of a run."""
