"""Keeps what each imported file was like; it is counted while the file is checked."""

from labeling.models import ImportJob, ImportProfile
from labeling.profiling import Profiler


def profiler_of(job: ImportJob) -> Profiler:
    """Counts the columns that the import uses; values are kept of attributes alone, never of texts."""
    used = [name for name, role in job.mapping.items() if role != "ignore"]
    return Profiler(used, told=[name for name in used if job.mapping[name] == "attribute"])


def keep_profile(*, job: ImportJob, profiler: Profiler) -> None:
    """Write the profile; a check that is done again writes it again."""
    row = ImportProfile(job=job, content=profiler.as_dict())
    ImportProfile.objects.bulk_create([row], update_conflicts=True, unique_fields=["job"], update_fields=["content"])
