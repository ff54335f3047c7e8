"""What is shaped by Airflow: retries, credentials, health, executor, login and pages."""
