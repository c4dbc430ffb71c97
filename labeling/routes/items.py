from django.urls import path

from labeling.views import guidelines, items, taxonomy

routes = [
    path("projects/<slug:project>/items/", items.items, name="items"),
    path("projects/<slug:project>/items/<uuid:item_id>/", items.item, name="item"),
    path("projects/<slug:project>/imports/", items.imports, name="imports"),
    path("projects/<slug:project>/imports/<uuid:job_id>/", items.import_job, name="import"),
    path("projects/<slug:project>/imports/<uuid:job_id>/take-back/", items.take_back, name="take-back-import"),
    path("projects/<slug:project>/imports/<uuid:job_id>/problems.csv", items.problems, name="import-problems"),
    path("projects/<slug:project>/taxonomy/", taxonomy.taxonomy, name="taxonomy"),
    path("projects/<slug:project>/taxonomy/<int:number>/", taxonomy.taxonomy_version, name="taxonomy-version"),
    path("projects/<slug:project>/taxonomy/<int:number>/end/", taxonomy.end_draft, name="end-draft"),
    path("projects/<slug:project>/guidelines/", guidelines.guidelines, name="guidelines"),
    path("projects/<slug:project>/guidelines/preview/", guidelines.preview, name="preview-guideline"),
]
