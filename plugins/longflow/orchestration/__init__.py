"""Airflow's side of the work: tasks, schedule, which week a run means. Alone imports Airflow."""
